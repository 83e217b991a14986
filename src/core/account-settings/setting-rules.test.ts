import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokenSetting, isSwitchedOn, SETTING_NAMES, SETTING_RULES } from './setting-rules.ts';

test('[ACC-1] every default is a value that the setting takes', () => {
  for (const { fallback, values } of Object.values(SETTING_RULES)) expect(values).toContain(fallback);
});

test('[ACC-2] a setting takes its own words and no others', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SETTING_NAMES.filter((name) => SETTING_RULES[name].type === 'user')),
      fc.oneof(fc.string(), fc.constantFrom('on', 'off', 'enabled', 'enhanced', '7', 'blocking')),
      (name, value) => {
        const isTaken = SETTING_RULES[name].values.includes(value);
        const isRetired = SETTING_RULES[name].retired?.includes(value) ?? false;
        expect(brokenSetting(name, value, true) === undefined).toBe(isTaken && !isRetired);
      },
    ),
  );
});

test('[ACC-2] the wait period is root’s, long ARNs stay, GuardDuty is not ours', () => {
  expect(brokenSetting('fargateTaskRetirementWaitPeriod', '14', true)).toBeUndefined();
  expect(brokenSetting('fargateTaskRetirementWaitPeriod', '14', false)).toContain('root');
  expect(brokenSetting('taskLongArnFormat', 'disabled', true)).toBe(
    'You can no longer disable Long Arn settings',
  );
  expect(brokenSetting('guardDutyActivate', 'on', true)).toContain('managed by AWS');
});

test('a switch is on by either word', () => {
  expect(['on', 'enabled', 'off', 'disabled'].map(isSwitchedOn)).toEqual([true, true, false, false]);
});
