import { isRecord } from '../link/envelope.ts';
import { saver } from './live-task.ts';
import type { StateDirectory } from './state-directory.ts';

/** What the agent keeps of itself between its runs. */
export interface AgentState {
  readonly containerInstanceArn?: string | undefined;
  readonly cluster?: string | undefined;
  /** Where the directory was made. (HARD-40) */
  readonly home?: string | undefined;
  /** Of the metadata server; rules on the host point to it. */
  readonly metadataPort?: number | undefined;
  /** Of the forwarder; it stands in the environment of containers. */
  readonly forwarderPort?: number | undefined;
  /** The highest number of the manifests seen. */
  readonly lastTimeline: number;
}

/** The agent's own document, held in memory and kept on disk. */
export interface AgentStateFile {
  readonly current: AgentState;
  /** Resolves when the change is on disk. */
  update(patch: Partial<AgentState>): Promise<void>;
}

const DOCUMENT = 'agent';

/** Loads the document of the last run, or starts a new one. */
export async function openAgentState(state: StateDirectory): Promise<AgentStateFile> {
  const saved = await state.load(DOCUMENT);
  let current: AgentState = { lastTimeline: -1, ...(isRecord(saved) ? (saved as Partial<AgentState>) : {}) };
  const save = saver(() => state.save(DOCUMENT, current));
  return {
    get current() {
      return current;
    },
    update: async (patch) => {
      current = { ...current, ...patch };
      save.soon();
      await save.settled();
    },
  };
}
