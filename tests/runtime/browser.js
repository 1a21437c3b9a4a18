/** Headless Chromium, as Debian has it. */
import { chromium as playwright } from "playwright-core";
import { chromium } from "./programs.js";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launch = () => playwright.launch({ executablePath: chromium(), args: ARGUMENTS });
