// The suites of the clients once more, against each of the servers that are out there. Today's is left out: all tests
// are against it. Each is a project: `--project server-0.29` is for one alone.

import { defineConfig } from "vitest/config"
import { testTimeout } from "./vitest.config.ts"

const servers = ["1.4-limit-range", "1.0", "0.29"]

/** What has no server in it, so that it would only come out the same again. A new file is run until it stands here. */
const serverless = [
  "packages/session/test/{ImageReference,Outcome,Session,SessionSpec,Sessions.layerTest,Stats,distributed}.test.ts",
  "packages/promise/test/types.test.ts",
  "packages/*/test/bundle.test.ts",
  // Order, concurrency and interruption of many calls are the client's own, and most of the time of a whole run.
  "packages/session/test/Sessions.bulk.test.ts",
  "packages/promise/test/AsyncSession.bulk.test.ts",
  // Is about every server in every run.
  "packages/session/test/servers.test.ts"
]

export default defineConfig({
  test: {
    projects: servers.map((server) => ({
      test: {
        // The command line would take a bare 0.29 for a number.
        name: `server-${server}`,
        env: { SKAHA_TEST_PROFILE: server },
        include: ["packages/{session,promise}/test/**/*.test.ts"],
        exclude: serverless,
        testTimeout
      }
    }))
  }
})
