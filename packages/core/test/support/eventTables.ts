/**
 * Tables of events as kubectl prints them: by its own table writer (github.com/liggitt/tabwriter; minimal width 6,
 * padding 3, widths remembered) from these rows.
 */
interface Table {
  readonly rows: ReadonlyArray<readonly [type: string, reason: string, message: string, first: string, last: string]>
  readonly text: string
}

export const eventTables: ReadonlyArray<Table> = [
  {
    rows: [
      ["Normal", "Scheduled", "Successfully assigned skaha-workload/x to n1", "<none>", "<none>"],
      ["Normal", "Pulled", "short", "2026-01-01T00:00:05Z", "2026-01-01T00:00:06Z"],
      ["Warning", "BackOff", "Back-off restarting failed container", "2026-01-01T00:01:00Z", "<none>"]
    ],
    text:
      "TYPE      REASON      MESSAGE                                        FIRST-TIME             LAST-TIME\n" +
      "Normal    Scheduled   Successfully assigned skaha-workload/x to n1   <none>                 <none>\n" +
      "Normal    Pulled      short                                          2026-01-01T00:00:05Z   2026-01-01T00:00:06Z\n" +
      "Warning   BackOff     Back-off restarting failed container           2026-01-01T00:01:00Z   <none>\n"
  },
  {
    rows: [
      ["Normal", "Pulled", "星雲 𝛼 é 🛰️ image", "2026-01-01T00:00:05Z", "2026-01-01T00:00:06Z"],
      ["Normal", "Runs", "a    b      c   <none>   <none>   d", "<none>", "<none>"],
      ["Warning", "Empty", "", "2026-01-01T00:00:07Z", "2026-01-01T00:00:08Z"]
    ],
    text:
      "TYPE      REASON   MESSAGE                               FIRST-TIME             LAST-TIME\n" +
      "Normal    Pulled   星雲 𝛼 é 🛰️ image                       2026-01-01T00:00:05Z   2026-01-01T00:00:06Z\n" +
      "Normal    Runs     a    b      c   <none>   <none>   d   <none>                 <none>\n" +
      "Warning   Empty                                          2026-01-01T00:00:07Z   2026-01-01T00:00:08Z\n"
  },
  {
    rows: [
      ["Normal", "First", "first", "<none>", "<none>"],
      ["Warning", "FailedMount", "line one of the message\n  line two", "2026-01-01T00:00:05Z", "2026-01-01T00:00:06Z"],
      [
        "Normal",
        "Longer",
        "a message that is a good deal longer than all those before it",
        "2026-01-01T00:00:07Z",
        "2026-01-01T00:00:08Z"
      ]
    ],
    text:
      "TYPE         REASON                 MESSAGE   FIRST-TIME   LAST-TIME\n" +
      "Normal       First                  first     <none>       <none>\n" +
      "Warning      FailedMount            line one of the message\n" +
      "  line two   2026-01-01T00:00:05Z   2026-01-01T00:00:06Z\n" +
      "Normal       Longer                 a message that is a good deal longer than all those before it   2026-01-01T00:00:07Z   2026-01-01T00:00:08Z\n"
  },
  {
    rows: [
      [
        "Warning",
        "Failed",
        "one\n\nNormal   Looks   like an event\nfour\n",
        "2026-01-01T00:00:05Z",
        "2026-01-01T00:00:06Z"
      ],
      ["Normal", "LongReasonAfterTheBreak", "x", "<none>", "2026-01-01T00:00:08Z"]
    ],
    text:
      "TYPE      REASON   MESSAGE   FIRST-TIME   LAST-TIME\n" +
      "Warning   Failed   one\n" +
      "\n" +
      "Normal   Looks   like an event\n" +
      "four\n" +
      "          2026-01-01T00:00:05Z      2026-01-01T00:00:06Z\n" +
      "Normal    LongReasonAfterTheBreak   x         <none>       2026-01-01T00:00:08Z\n"
  },
  {
    rows: [],
    text: "TYPE   REASON   MESSAGE   FIRST-TIME   LAST-TIME\n"
  }
]
