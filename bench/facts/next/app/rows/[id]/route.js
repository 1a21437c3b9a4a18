import { cacheTag } from "next/cache";

async function rowsOf(id) {
  "use cache";
  const response = await fetch(`${process.env.SOURCE}/${id}`);
  const rows = await response.json();
  cacheTag(...rows.map((row) => `row:${row.id}`));
  return rows;
}

export async function GET(_request, { params }) {
  return Response.json(await rowsOf((await params).id));
}
