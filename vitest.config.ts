import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    projects: ["packages/*", "examples"].map((root) => ({
      test: { root, name: root, include: ["test/**/*.test.ts"], testTimeout: 20_000 }
    }))
  }
})
