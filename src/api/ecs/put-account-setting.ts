import type { EcsOperations } from '../../shapes/generated/ecs.ts';
import type { Operation } from '../operation.ts';
import { principalOf, putSetting } from './account-setting-rules.ts';

type Shapes = EcsOperations['PutAccountSetting'];

/** Sets it for one user or role; for root it is the default of everybody without a setting of their own. (ACC-3) */
export const putAccountSetting: Operation<Shapes['input'], Shapes['output']> = async (context, input) => {
  const { name, value } = input;
  const principalArn = principalOf(context, input.principalArn);
  return { setting: await putSetting(context, { name, value, principalArn }) };
};
