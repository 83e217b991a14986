import type { HealthCheckResult } from '../../domain/health-check.ts';

/** One result of a health check for people: its exit code and what it wrote, on one line. (LIF-5) */
export function checkText({ exitCode, output }: HealthCheckResult): string {
  const said = output.trim().replace(/\s*\n\s*/g, ' / ');
  return `exit ${exitCode}${said === '' ? ', nothing written' : `, ${said}`}`;
}
