import { revalidateTag } from "next/cache";

export async function GET(_request, { params }) {
  revalidateTag(`row:${(await params).id}`, { expire: 0 });
  return Response.json({});
}
