import { evaluate } from '../../core/authorization/evaluate.ts';
import { policyOf } from '../../core/authorization/policy.ts';
import { isRepositoryPolicy } from '../../core/identity/policy-document.ts';
import type { Repository } from '../../domain/ecr.ts';
import { refuse } from '../../lib/service-error.ts';
import { repositories } from '../../records/ecr.ts';
import type { EcrOperations } from '../../shapes/generated/ecr.ts';
import type { Context, Operation } from '../operation.ts';
import { ecrErrors } from './errors.ts';
import { requireRepository } from './repository.ts';

type PolicyOperationName = 'DeleteRepositoryPolicy' | 'GetRepositoryPolicy' | 'SetRepositoryPolicy';

/** A policy has at most this many characters. */
const POLICY_MAX_LENGTH = 10_240;

const SET_ACTION = 'ecr:SetRepositoryPolicy';
const EVERYTHING = policyOf('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}');

function checkPolicyText(text: string): void {
  if (text.length > POLICY_MAX_LENGTH) {
    throw ecrErrors.invalidMember(
      'PolicyText',
      `Member must have length less than or equal to ${POLICY_MAX_LENGTH}`,
    );
  }
  if (!isRepositoryPolicy(text)) {
    throw ecrErrors.invalidMember('PolicyText', 'Invalid repository policy provided');
  }
}

/** Whether the policy would keep its own author from setting another. Conditions that need a request are not met. */
function locksOut({ caller, installation }: Context, repository: Repository, text: string): boolean {
  const decision = evaluate({
    principal: caller,
    action: SET_ACTION,
    resource: repository.repositoryArn,
    keys: () => undefined,
    policies: {
      identity: [EVERYTHING],
      resource: { policy: policyOf(text), accountId: installation.accountId },
    },
  });
  return decision.kind === 'denied';
}

const requirePolicy = (repository: Repository, { installation }: Context): string =>
  repository.policyText ??
  refuse(ecrErrors.policyNotFound(repository.repositoryName, installation.accountId));

/** The resource policies of repositories, which decide beside those of the caller. (ECR-11, AUTH-2) */
export const repositoryPolicyOperations: {
  readonly [Name in PolicyOperationName]: Operation<
    EcrOperations[Name]['input'],
    EcrOperations[Name]['output']
  >;
} = {
  SetRepositoryPolicy: (context, input) => {
    const { store, installation } = context;
    const { repositoryName, policyText } = input;
    checkPolicyText(policyText);
    return store.write((tx) => {
      const repository = requireRepository(tx, installation, input);
      if (input.force !== true && locksOut(context, repository, policyText)) {
        throw ecrErrors.invalidMember(
          'PolicyText',
          'The policy would prevent you from setting another policy; use force to set it nevertheless',
        );
      }
      tx.put(repositories, { ...repository, policyText });
      return { registryId: installation.accountId, repositoryName, policyText };
    });
  },
  GetRepositoryPolicy: (context, input) => {
    const { store, installation } = context;
    return store.read((tx) => {
      const repository = requireRepository(tx, installation, input);
      const policyText = requirePolicy(repository, context);
      return { registryId: installation.accountId, repositoryName: input.repositoryName, policyText };
    });
  },
  DeleteRepositoryPolicy: (context, input) => {
    const { store, installation } = context;
    return store.write((tx) => {
      const repository = requireRepository(tx, installation, input);
      const policyText = requirePolicy(repository, context);
      tx.put(repositories, { ...repository, policyText: undefined });
      return { registryId: installation.accountId, repositoryName: input.repositoryName, policyText };
    });
  },
};
