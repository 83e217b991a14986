import { describe, expect, test } from 'vitest';
import { chooseVpcRange } from './vpc-range.ts';

describe('chooseVpcRange', () => {
  test.each([
    {
      name: 'takes the range of the default VPC when it is free',
      used: ['10.0.0.1/24'],
      range: '172.31.0.0/16',
    },
    { name: 'leaves a range that another installation has', used: ['172.31.0.1/20'], range: '10.200.0.0/16' },
    {
      name: 'leaves a range that a wider network holds',
      used: ['172.16.0.1/12', '10.200.9.9/32'],
      range: '10.201.0.0/16',
    },
  ])('[PRG-5] $name', ({ used, range }) => {
    expect(chooseVpcRange(used)).toBe(range);
  });
});
