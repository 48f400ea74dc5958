export { EmulatorServer } from "./EmulatorServer.ts"
export { FileState, StateError, type StateOptions } from "./FileState.ts"
export { ProcessRunner, type ProcessRunnerOptions } from "./ProcessRunner.ts"
export { ListenError, type ServerOptions, ServerOptionsError, type ServerTls } from "./ServerOptions.ts"
