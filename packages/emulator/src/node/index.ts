export { EmulatorServer } from "./EmulatorServer.ts"
export { ProcessRunner, type ProcessRunnerOptions } from "./ProcessRunner.ts"
export { ListenError, type ServerOptions, ServerOptionsError, type ServerTls } from "./ServerOptions.ts"
