/**
 * Replies word for word as servers send them.
 */

/** A list of today's servers: a notebook, a flexible headless session that waits, a desktop app. */
export const sessionsToday = `[
  {
    "id": "k7xq2m4p",
    "userid": "alice",
    "runAsUID": "1001",
    "runAsGID": "1001",
    "supplementalGroups": [
      2001,
      2002
    ],
    "image": "images.canfar.net/skaha/astroml:latest",
    "type": "notebook",
    "status": "Running",
    "name": "notebook1",
    "startTime": "2025-04-10T15:45Z",
    "expiryTime": "2025-04-14T15:45:00Z",
    "connectURL": "https://H/session/notebook/k7xq2m4p/lab/tree/cavern/home/alice?token=k7xq2m4p",
    "requestedRAM": "4.29",
    "requestedCPUCores": "2",
    "requestedGPUCores": "0",
    "ramInUse": "0.53",
    "cpuCoresInUse": "0.003",
    "isFixedResources": true
  },
  {
    "id": "b3d8f0zz",
    "userid": "alice",
    "runAsUID": "",
    "runAsGID": "",
    "supplementalGroups": [],
    "image": "images.canfar.net/skaha/terminal:1.1.2",
    "type": "headless",
    "status": "Pending",
    "name": "fit-1",
    "connectURL": "",
    "requestedGPUCores": "1",
    "isFixedResources": false
  },
  {
    "id": "k7xq2m4q",
    "userid": "alice",
    "runAsUID": "1001",
    "runAsGID": "1001",
    "supplementalGroups": [],
    "appid": "a1b",
    "image": "images.canfar.net/skaha/terminal:1.1.2",
    "type": "desktop-app",
    "status": "Completed",
    "name": "terminal-1-1-2",
    "startTime": "2025-04-10T15:45:07Z",
    "connectURL": "",
    "cpuCoresInUse": "5u",
    "isFixedResources": false
  }
]`

/** A session of a server up to 0.29, which knew pods only. */
export const sessionOfVersion0 = `{
  "id": "ufx7g1ab", "userid": "bob", "runAsUID": "1002", "runAsGID": "<none>", "supplementalGroups": [],
  "appid": "<none>", "image": "images.canfar.net/skaha/terminal:1.1.2", "type": "headless", "status": "Succeeded",
  "name": "test", "startTime": "2022-11-02T02:15:44Z", "expiryTime": "<none>", "connectURL": "not-applicable",
  "requestedRAM": "4G", "requestedCPUCores": "2", "requestedGPUCores": "<none>", "ramInUse": "101Mi",
  "gpuRAMInUse": "1M / 16160M", "cpuCoresInUse": "1m", "gpuUtilization": "0%"
}`

/** Stats of today's servers. */
export const statsToday = `{
  "cores": {
    "requestedCPUCores": 12.5,
    "cpuCoresAvailable": 64.0,
    "maxCPUCores": {
      "cpuCores": 8.0,
      "withRam": "32Gi"
    }
  },
  "ram": {
    "requestedRAM": "137.439G",
    "ramAvailable": "549.756G",
    "maxRAM": {
      "ram": "32Gi",
      "withCPUCores": 8.0
    }
  }
}`

/** Stats of 2022. */
export const statsOf2022 = `{
  "instances": {"session": 88, "desktopApp": 30, "headless": 0, "total": 118},
  "cores": {"requestedCPUCores": 377, "coresAvailable": 960, "maxCores": {"cores": 32, "withRam": "147Gi"}},
  "ram": {"requestedRAM": "1592G", "ramAvailable": "5000G", "maxRAM": {"ram": "226Gi", "withCores": 10}}
}`

/** The context that the chart ships, of 2026.2 and later: the number of sessions is a text. */
export const contextOfFile =
  '{"cores":{"default":2,"defaultLimit":8,"options":[1,2,4,8,16],"defaultRequest":1},"gpus":{"options":[1,2,28]},' +
  '"memoryGB":{"default":8,"defaultLimit":32,"options":[1,2,4,192],"defaultRequest":4},"maxInteractiveSessions":"5"}'

/** The context made of a LimitRange: the number of sessions is a number, and there may be no GPUs. */
export const contextOfLimitRange =
  '{"cores":{"default":1,"defaultLimit":8,"options":[1,2,3],"defaultRequest":1},"gpus":{"options":[]},' +
  '"memoryGB":{"default":4,"defaultLimit":32,"options":[1,2],"defaultRequest":4},"maxInteractiveSessions":3}'

/** The context file of a server up to 0.30.1. */
export const contextOfVersion0 = `{
  "memoryGB": {"default": 16, "defaultRequest": 4, "defaultLimit": 192, "defaultHeadless": 4, "options": [1, 2, 192]},
  "cores": {"defaultRequest": 1, "defaultLimit": 16, "defaultHeadless": 1, "options": [1, 16]}
}`

/** Images; one has labels of its registry's own, one no label at all. */
export const imagesToday = `[
  {
    "id": "images.canfar.net/skaha/terminal:1.1.2",
    "types": [
      "headless",
      "desktop-app",
      "my label"
    ],
    "digest": "sha256:1e6f0c"
  },
  {
    "id": "images.canfar.net/skaha/bare:1"
  }
]`
