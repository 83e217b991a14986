import { describe, expect, test } from 'vitest';
import { multilinePattern } from './multiline-pattern.ts';

const ofFormat = (format: string) => multilinePattern({ 'awslogs-datetime-format': format });
const ofPattern = (pattern: string) => multilinePattern({ 'awslogs-multiline-pattern': pattern });

describe('multilinePattern', () => {
  test.each([
    ['%Y-%m-%d %H:%M:%S', '2026-11-22 21:05:59 start', '2026-13-22 21:05:59'],
    ['\\[%b %d, %Y %H:%M:%S\\]', '[Nov 22, 2026 21:05:59] start', '[Nov 22]'],
    ['%A %B %j', 'Sunday November 326', 'Sunday November 367'],
    ['%H:%M:%S%L', '21:05:59.123', '21:05:59,123'],
    ['%a %I%p %z %Z', 'Sun 09PM +0100 CEST', 'Sun 13PM +0100 CEST'],
    ['%y%w%f', '260123456', '267'],
  ])('[LOG-20] the time format %s begins an event at %s and not at %s', (format, first, other) => {
    expect(ofFormat(format)?.test(first)).toBe(true);
    expect(ofFormat(format)?.test(other)).toBe(false);
  });

  test.each([
    ['^INFO', 'INFO begin', ' INFO'],
    ['(?i)^error', 'ERROR x', 'no error'],
    ['(?P<level>WARN|INFO):', 'x WARN: y', 'WARN'],
    ['\\A[[:upper:]]+ ', 'ABC d', 'abc d'],
    ['end\\z', 'the end', 'end of'],
  ])('[LOG-20] the pattern %s begins an event at %s and not at %s', (pattern, first, other) => {
    expect(ofPattern(pattern)?.test(first)).toBe(true);
    expect(ofPattern(pattern)?.test(other)).toBe(false);
  });

  test('[LOG-20] without either option lines stay alone', () => {
    expect(multilinePattern({})).toBeUndefined();
  });

  test.each([
    { 'awslogs-multiline-pattern': '(' },
    { 'awslogs-datetime-format': '%Q' },
    { 'awslogs-datetime-format': '%' },
  ])('[LOG-20] %o is no pattern', (options) => {
    expect(multilinePattern(options)).toBeNull();
  });
});
