import { defineConfig } from "vitest/config"
import { chromium } from "./support/chromium.ts"

if (chromium === undefined) process.stderr.write("browser: not run: no Chromium on the path, nor in CHROMIUM\n")

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: chromium === undefined ? [] : ["test/*.test.ts"],
    passWithNoTests: true,
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
