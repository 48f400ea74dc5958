/**
 * A session to create, as the parameters of its POST.
 */
import type { CheckedSpec } from "../../SessionSpec.ts"

type Parameter = readonly [name: string, value: string]

/** A parameter, unless there is no value for it. */
export const parameter = (name: string, value: string | number | undefined): ReadonlyArray<Parameter> =>
  value === undefined ? [] : [[name, String(value)]]

/**
 * The parameters of one replica, in the order of the Python client. Its own variables are overlaid with
 * `REPLICA_ID`, from 1, and `REPLICA_COUNT`; only a headless session sees any.
 */
export const sessionForm = (spec: CheckedSpec, index: number): ReadonlyArray<Parameter> => {
  const { names, image, cores, ram, kind, gpus, cmd, args, env, replicas } = spec
  const variables = { ...env, REPLICA_ID: index + 1, REPLICA_COUNT: replicas }
  return [
    ...parameter("name", names[index]),
    ...parameter("image", image),
    ...parameter("cores", cores),
    ...parameter("ram", ram),
    ...parameter("type", kind),
    ...parameter("gpus", gpus),
    ...(kind === "headless" ? [...parameter("cmd", cmd), ...parameter("args", args)] : []),
    ...Object.entries(variables).map(([name, value]): Parameter => ["env", `${name}=${value}`])
  ]
}
