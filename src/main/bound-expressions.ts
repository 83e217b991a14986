import { setFlagsFromString } from 'node:v8';

/**
 * From now on a regular expression that backtracks too often goes on in time linear to its text, in the whole process:
 * users write expressions of their own (AllowedPattern, queries of logs), and one must not stop the server for all.
 * Look-around, back references and the flags `i` and `u` have no such way. (SSM-9)
 */
export const boundExpressions = (): void =>
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
