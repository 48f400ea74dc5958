export { EmulatorServer, ListenError, type ServerOptions } from "./EmulatorServer.ts"
export { ProcessRunner, type ProcessRunnerOptions } from "./ProcessRunner.ts"
