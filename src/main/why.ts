import type { Explanation } from '../core/explain/explanation.ts';
import { clientEnvironment } from './env.ts';
import { signedGet } from './signed-get.ts';
import { whyText } from './why-text.ts';

/** Asks the control plane why a task or service is where it is, and prints the answer. (EXP-5) */
export async function printWhy(
  subject: string,
  options: { readonly dataDir: string; readonly cluster?: string | undefined },
): Promise<void> {
  const { dataDir, cluster } = options;
  const client = clientEnvironment(dataDir);
  process.stdout.write(whyText(await signedGet<Explanation>(client, '/_gantry/why', { subject, cluster })));
}
