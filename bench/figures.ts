/** Every figure that is reported: its title in tables and how it is written there. */

interface FigureKind {
  readonly title: string;
  readonly write: (value: number) => string;
  /** A ratio to another contestant's would mean nothing: both may be zero. */
  readonly absolute?: true;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const fine = (value: number): string => value.toPrecision(3);
const oneDigit = (value: number): string => value.toFixed(1);

/** The name of a figure, its unit included. */
export type FigureName =
  | 'messagesPerSecond'
  | 'deliveriesPerSecond'
  | 'megabytesPerSecond'
  | 'cpuMicrosecondsPerMessage'
  | 'droppedPercent'
  | 'p50Microseconds'
  | 'p99Microseconds'
  | 'roundTrips'
  | 'calmP50Microseconds'
  | 'calmP99Microseconds'
  | 'p50ToCalm'
  | 'p99ToCalm'
  | 'hostilesPerSecond'
  | 'handshakesPerCpuSecond'
  | 'handshakesPerSecond'
  | 'serverCpuPercent'
  | 'rssBytesPerConnection'
  | 'heapBytesPerConnection'
  | 'connections'
  | 'growthMegabytes'
  | 'senderStartMegabytes'
  | 'senderMaxMegabytes'
  | 'senderEndMegabytes'
  | 'receiverStartMegabytes'
  | 'receiverMaxMegabytes'
  | 'receiverEndMegabytes'
  | 'acceptedMessages';

export const figureKinds: Readonly<Record<FigureName, FigureKind>> = {
  messagesPerSecond: { title: 'msg/s', write: whole },
  deliveriesPerSecond: { title: 'deliveries/s', write: whole },
  megabytesPerSecond: { title: 'MB/s', write: oneDigit },
  cpuMicrosecondsPerMessage: { title: 'CPU us/msg', write: fine },
  droppedPercent: { title: 'dropped %', write: oneDigit },
  p50Microseconds: { title: 'p50 us', write: oneDigit },
  p99Microseconds: { title: 'p99 us', write: oneDigit },
  roundTrips: { title: 'round trips', write: whole },
  calmP50Microseconds: { title: 'calm p50', write: oneDigit },
  calmP99Microseconds: { title: 'p99 us', write: oneDigit },
  p50ToCalm: { title: 'p50 x calm', write: fine },
  p99ToCalm: { title: 'p99 x calm', write: fine },
  hostilesPerSecond: { title: 'hostile/s', write: whole },
  handshakesPerCpuSecond: { title: 'handshakes/server CPU s', write: whole },
  handshakesPerSecond: { title: 'handshakes/s', write: whole },
  serverCpuPercent: { title: 'server CPU %', write: whole },
  rssBytesPerConnection: { title: 'RSS B/connection', write: whole },
  heapBytesPerConnection: { title: 'heap B/connection', write: whole },
  connections: { title: 'connections', write: whole },
  growthMegabytes: { title: 'growth MB', write: oneDigit, absolute: true },
  senderStartMegabytes: { title: 'sender start', write: oneDigit },
  senderMaxMegabytes: { title: 'max', write: oneDigit },
  senderEndMegabytes: { title: 'end MB', write: oneDigit },
  receiverStartMegabytes: { title: 'receiver start', write: oneDigit },
  receiverMaxMegabytes: { title: 'max', write: oneDigit },
  receiverEndMegabytes: { title: 'end MB', write: oneDigit },
  acceptedMessages: { title: 'accepted msg', write: whole },
};

/** What one measurement has found. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

export function isFigureName(name: string): name is FigureName {
  return Object.hasOwn(figureKinds, name);
}

/** Whether ratios of that figure mean anything. */
export function isComparable(name: FigureName): boolean {
  return figureKinds[name].absolute !== true;
}

/** The figures in the order of the table. */
export function figureNames(): readonly FigureName[] {
  return Object.keys(figureKinds).filter(isFigureName);
}

/** NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
