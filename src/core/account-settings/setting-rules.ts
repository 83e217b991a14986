import type { SettingName, SettingType } from '../../shapes/generated/ecs.ts';

/** What a setting may be and is when nobody has said. */
interface SettingRule {
  /** What holds for an account that never set it. */
  readonly fallback: string;
  readonly values: readonly string[];
  readonly type: SettingType;
  /** Refused for users and roles: it is the whole account's. */
  readonly isRootOnly?: true;
  /** The values that AWS once took and now refuses. */
  readonly retired?: readonly string[];
}

const SWITCH = ['enabled', 'disabled', 'on', 'off'] as const;
const OFF = ['disabled', 'off'] as const;
const LONG_ARN: SettingRule = { fallback: 'enabled', values: SWITCH, type: 'user', retired: OFF };

/** Every account setting, in the order in which they are listed. (ACC-1) */
export const SETTING_RULES: Readonly<Record<SettingName, SettingRule>> = {
  awsvpcTrunking: { fallback: 'disabled', values: SWITCH, type: 'user' },
  containerInsights: { fallback: 'disabled', values: ['enhanced', ...SWITCH], type: 'user' },
  containerInstanceLongArnFormat: LONG_ARN,
  defaultLogDriverMode: { fallback: 'non-blocking', values: ['blocking', 'non-blocking'], type: 'user' },
  fargateEventWindows: { fallback: 'disabled', values: SWITCH, type: 'user' },
  fargateFIPSMode: { fallback: 'disabled', values: SWITCH, type: 'user' },
  fargateTaskRetirementWaitPeriod: {
    fallback: '7',
    values: ['0', '7', '14'],
    type: 'user',
    isRootOnly: true,
  },
  guardDutyActivate: { fallback: 'off', values: SWITCH, type: 'aws_managed' },
  serviceLongArnFormat: LONG_ARN,
  tagResourceAuthorization: { fallback: 'on', values: SWITCH, type: 'user' },
  taskLongArnFormat: LONG_ARN,
};

/** All names, in the order in which they are listed. */
export const SETTING_NAMES = Object.keys(SETTING_RULES) as readonly SettingName[];

/** The text for a value that the setting does not take from this principal; undefined when it does. (ACC-2) */
export function brokenSetting(name: SettingName, value: string, isForRoot: boolean): string | undefined {
  const { values, type, retired, isRootOnly } = SETTING_RULES[name];
  if (type === 'aws_managed') return `The setting ${name} is managed by AWS and cannot be changed.`;
  if (!values.includes(value))
    return `Invalid value for ${name}: ${value}. Use one of [${values.join(', ')}].`;
  if (retired?.includes(value) === true) return 'You can no longer disable Long Arn settings';
  if (isRootOnly === true && !isForRoot) return `The setting ${name} can be set for the root user only.`;
  return undefined;
}

/** Whether a switch is on, whichever of its words says so. */
export const isSwitchedOn = (value: string): boolean => value === 'on' || value === 'enabled';
