/** The default network of an installation, made at first start. */
export interface Vpc {
  readonly vpcId: string;
  /** e.g. `172.31.0.0/16`; another range when the machine already routes that one. */
  readonly cidrBlock: string;
  readonly dhcpOptionsId: string;
}

/** A part of the VPC’s range, in one zone. */
export interface Subnet {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly availabilityZoneId: string;
  readonly defaultForAz: boolean;
}

/** A security group. It is named and shown, and filters nothing. */
export interface SecurityGroup {
  readonly groupId: string;
  readonly groupName: string;
  readonly description: string;
  readonly vpcId: string;
}
