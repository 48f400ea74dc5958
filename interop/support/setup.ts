/**
 * Brings the Python libraries before any test, and says which of them are compared.
 */
import type { TestProject } from "vitest/node"
import type { Library } from "../scenario/Step.ts"
import { findEnvironment, type Environment } from "./environments.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** What is installed; a library that is not is not compared, which is no failure. */
    readonly environments: { readonly [library in Library]?: Environment }
  }
}

export default async (project: TestProject): Promise<void> => {
  const environments: { [library in Library]?: Environment } = {}
  for (const library of ["skaha", "canfar"] as const) {
    const found = await findEnvironment(library)
    if ("why" in found) {
      process.stdout.write(`interop: not run: ${library}: ${found.why}\n`)
      continue
    }
    process.stdout.write(`interop: ${library} ${found.version}\n`)
    environments[library] = found
  }
  project.provide("environments", environments)
}
