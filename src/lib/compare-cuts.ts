/** Orders events and cuts between them: by timestamp, then by arrival. (LOG-3) */
export const compareCuts = (one: Place, other: Place): number =>
  one.timestampMs - other.timestampMs || one.sequence - other.sequence;

interface Place {
  readonly timestampMs: number;
  readonly sequence: number;
}
