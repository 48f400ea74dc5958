/**
 * How the requests of two clients for the same call differ.
 */
import type { Asked } from "./Platform.ts"

/** A request without its headers, and wherever its parameters stand: `POST /v1/session?name=fit&…`. */
export const lineOf = ({ method, path, query, body }: Asked): string => {
  const parameters = [...query, ...body].map(([name, value]) => `${name}=${value}`).join("&")
  return `${method} ${path}${parameters === "" ? "" : `?${parameters}`}`
}

/** Whether it is to create a session. */
export const isCreate = ({ method, path }: Asked): boolean => method === "POST" && /^\/v\d+\/session$/.test(path)

/** What is only in the first of two lists, in which lines may come again. */
const beyond = (lines: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> => {
  const left = [...others]
  return lines.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** The requests that only one of the clients makes. Their order is by chance: they go out at the same time. */
export const unshared = (python: ReadonlyArray<Asked>, ours: ReadonlyArray<Asked>) => {
  const [theirs, mine] = [python.map(lineOf), ours.map(lineOf)]
  return { python: beyond(theirs, mine).toSorted(), ours: beyond(mine, theirs).toSorted() }
}

const isDate = (value: string) => !Number.isNaN(Date.parse(value)) && value.endsWith("GMT")

/** The headers that are not about the connection or the length, and where the parameters stand. */
const traits = ({ method, headers, query, body }: Asked): ReadonlyMap<string, string> => {
  const { host: _host, "content-length": _length, date = "none", ...rest } = headers
  const place = [...(query.length > 0 ? ["the URL"] : []), ...(body.length > 0 ? ["the body"] : [])].join(" and ")
  return new Map([
    ...Object.entries(rest),
    ["date", isDate(date) ? "a date" : date],
    [`parameters of ${method}`, place || "nowhere"]
  ])
}

/** A header in which requests differ that are otherwise the same; it is in all of them, or the method is named. */
export interface Trait {
  readonly name: string
  /** `undefined` where it is not sent. */
  readonly python: string | undefined
  readonly ours: string | undefined
}

/** In which traits each request of the one client differs from the same request of the other. */
export const traitsThatDiffer = (python: ReadonlyArray<Asked>, ours: ReadonlyArray<Asked>): ReadonlyArray<Trait> => {
  const left = [...ours]
  return python.flatMap((request) => {
    const at = left.findIndex((other) => lineOf(other) === lineOf(request))
    const [other] = at < 0 ? [] : left.splice(at, 1)
    if (other === undefined) return []
    const [theirs, mine] = [traits(request), traits(other)]
    return [...new Set([...theirs.keys(), ...mine.keys()])]
      .filter((name) => theirs.get(name) !== mine.get(name))
      .map((name) => ({ name, python: theirs.get(name), ours: mine.get(name) }))
  })
}
