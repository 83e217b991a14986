import { setTimeout as pause } from 'node:timers/promises';
import { minuteOf } from '../core/metrics/points.ts';
import type { MetricPoint } from '../domain/metrics.ts';
import { instant } from '../lib/clock.ts';
import { clientEnvironment } from './env.ts';
import { readSince } from './events-command.ts';
import type { TopRow } from './metrics-route.ts';
import { signedGet } from './signed-get.ts';
import { historyText, topText } from './top-text.ts';
import { UsageError } from './usage-error.ts';

/** The options of `gantry top`. */
export interface TopOptions {
  readonly dataDir: string;
  readonly cluster?: string | undefined;
  readonly service?: string | undefined;
  readonly since?: string | undefined;
  readonly follow?: boolean | undefined;
}

/** Hosts report every 20 seconds; asked more often there would be nothing new. */
const FOLLOW_MS = 5_000;
/** Moves the cursor home and clears what is below: the table stays where it is. */
const HOME = '\u001b[H\u001b[J';

/** Prints what containers use now or, with `--since`, what they used. (MET-6) */
export async function printTop(options: TopOptions): Promise<void> {
  const client = clientEnvironment(options.dataDir);
  if (options.since !== undefined) return printHistory(options, options.since);
  for (;;) {
    const { containers } = await signedGet<{ readonly containers: readonly TopRow[] }>(
      client,
      '/_gantry/top',
      { cluster: options.cluster },
    );
    const { service } = options;
    const wanted = containers.filter(({ series }) => service === undefined || series.serviceName === service);
    process.stdout.write(`${options.follow === true ? HOME : ''}${topText(wanted)}`);
    if (options.follow !== true) return;
    await pause(FOLLOW_MS);
  }
}

async function printHistory(options: TopOptions, since: string): Promise<void> {
  if (options.follow === true) throw new UsageError('--follow shows what is used now: leave --since away.');
  const { points } = await signedGet<{ readonly points: readonly MetricPoint[] }>(
    clientEnvironment(options.dataDir),
    '/_gantry/metrics',
    {
      cluster: options.cluster ?? 'default',
      service: options.service,
      fromMinute: String(minuteOf(instant(readSince(since, Date.now())))),
    },
  );
  process.stdout.write(historyText(points));
}
