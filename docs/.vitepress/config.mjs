// The site of these documents: `make docs` writes it to target/site.
import { defineConfig } from "vitepress";
import { repository, rewriteLinks, slugify } from "./links.mjs";
import { exists, sidebar } from "./pages.mjs";

export default defineConfig({
  lang: "en",
  title: "cacheref",
  description: "Caches what functions return, and knows which entities are in it",
  outDir: "../target/site",
  cacheDir: "../target/vitepress",
  lastUpdated: false,
  head: [
    ["meta", { property: "og:title", content: "cacheref" }],
    ["meta", { property: "og:image", content: `${repository}/raw/main/docs/images/social.png` }],
    ["meta", { name: "twitter:card", content: "summary_large_image" }],
  ],
  markdown: { anchor: { slugify }, config: rewriteLinks },
  // Warnings about the size of a chunk help nobody here: the largest one is the search.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: sidebar(),
    nav: [
      { text: "Guide", link: "/guide" },
      { text: "Options", link: "/api" },
      { text: "Guarantee", link: "/guarantee" },
    ].filter(({ link }) => exists(link)),
    socialLinks: [{ icon: "github", link: repository }],
  },
});
