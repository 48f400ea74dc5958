import type * as Random from "effect/Random"

/** A byte that stands nowhere in UTF-8. */
const invalid = 0xff

const below = (limit: number, random: Random.Random): number => Math.floor(random.nextDoubleUnsafe() * limit)

/** The body with so many of its bytes replaced, at places drawn from all. */
export const garble = (
  body: Uint8Array,
  count: number,
  how: "anything" | "invalid-utf8",
  random: Random.Random
): Uint8Array => {
  const garbled = body.slice()
  const places = Array.from(body.keys())
  for (let at = 0; at < Math.min(count, places.length); at++) {
    const other = at + below(places.length - at, random)
    const place = places[other] ?? 0
    places[other] = places[at] ?? 0
    // What is added is never 0, so the byte becomes another one.
    garbled[place] = how === "anything" ? (body[place] ?? 0) + 1 + below(255, random) : invalid
  }
  return garbled
}
