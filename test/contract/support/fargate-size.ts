/** What every task definition for FARGATE names, at its smallest. */
export const FARGATE_SIZE = {
  requiresCompatibilities: ['FARGATE' as const],
  networkMode: 'awsvpc' as const,
  cpu: '256',
  memory: '512',
};
