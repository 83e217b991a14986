import type { Collection, ReadTx, WriteTx } from '../store/store.ts';

/** What is known of an alarm; one that is not known counts as OK. */
export interface Alarm {
  readonly alarmName: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
}

/** Alarms by name, as whoever watches them last said. */
export const alarms: Collection<Alarm> = { name: 'alarms', key: (row) => row.alarmName, indexes: {} };

/** Says which of the named alarms are raised now. (DEP-22) */
export type AlarmSource = (tx: ReadTx, alarmNames: readonly string[]) => readonly string[];

/** The alarms of the store. */
export const storedAlarms: AlarmSource = (tx, alarmNames) =>
  alarmNames.filter((alarmName) => tx.get(alarms, alarmName)?.state === 'ALARM');

/** Notes the state of an alarm; the deployments that watch it are looked at. */
export function putAlarm(tx: WriteTx, alarm: Alarm): void {
  tx.put(alarms, alarm);
}
