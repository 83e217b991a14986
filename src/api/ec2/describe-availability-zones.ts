import type { Subnet } from '../../domain/network.ts';
import { subnets } from '../../records/collections.ts';
import type { AvailabilityZone, Ec2Operations } from '../../shapes/generated/ec2.ts';
import type { Operation } from '../operation.ts';
import { ec2Errors } from './errors.ts';
import { checkDryRun, type Listing, listPage, rowsById } from './listing.ts';

type Shapes = Ec2Operations['DescribeAvailabilityZones'];

/** Describes the zones that have a default subnet. (EC2-13) */
export const describeAvailabilityZones: Operation<Shapes['input'], Shapes['output']> = (context, input) => {
  checkDryRun(input);
  const { region } = context.installation;
  const rows = context.store.read((tx) => tx.all(subnets).filter((row) => row.defaultForAz));
  const zones = rows.map((row) => zoneShape(row, region));
  const byName = rowsById(zones, input.ZoneNames, { id: LISTING.id, missing: invalidZone });
  const chosen = rowsById(byName, input.ZoneIds, { id: (zone) => zone.ZoneId ?? '', missing: invalidZone });
  return { AvailabilityZones: listPage(chosen, { Filters: input.Filters }, LISTING).rows };
};

const LISTING: Listing<AvailabilityZone> = {
  id: (zone) => zone.ZoneName ?? '',
  filters: {
    'group-name': (zone) => [zone.GroupName],
    'opt-in-status': (zone) => [zone.OptInStatus],
    'region-name': (zone) => [zone.RegionName],
    state: (zone) => [zone.State],
    'zone-id': (zone) => [zone.ZoneId],
    'zone-name': (zone) => [zone.ZoneName],
    'zone-type': (zone) => [zone.ZoneType],
  },
};

const zoneShape = (row: Subnet, region: string): AvailabilityZone => ({
  ZoneName: row.availabilityZone,
  ZoneId: row.availabilityZoneId,
  RegionName: region,
  State: 'available',
  OptInStatus: 'opt-in-not-required',
  ZoneType: 'availability-zone',
  GroupName: `${region}-zg-1`,
  NetworkBorderGroup: region,
  Messages: [],
});

const invalidZone = (name: string): Error => ec2Errors.invalidZone(name);
