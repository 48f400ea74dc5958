/** One part of the work: says its number, tenfold; the last one has no luck. */
const { REPLICA_ID: id, REPLICA_COUNT: count, FACTOR: factor } = process.env
process.stdout.write(`${String(Number(id) * Number(factor))}\n`)
process.exitCode = id === count ? 1 : 0
