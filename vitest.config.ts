import { defineConfig } from "vitest/config"

export const testTimeout = 20_000

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "chaos/test/**/*.test.ts"],
    testTimeout
  }
})
