import type { Instant } from '../../lib/clock.ts';

const iso = (at: Instant): string => new Date(at).toISOString();

/** The envelope's `time`: whole seconds. (EVT-2) */
export const envelopeTime = (at: Instant): string => iso(at).replace(/\.\d+Z$/, 'Z');

/** A time inside `detail`: ISO with trailing zeros of the fraction cut; absent stays absent. (EVT-2) */
export const detailTime = (at: Instant | undefined): string | undefined =>
  at === undefined ? undefined : iso(at).replace(/\.?0*Z$/, 'Z');
