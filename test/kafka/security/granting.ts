import { setTimeout as delay } from 'node:timers/promises';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, type Admin, ResourcePatternTypes } from 'kafkajs';
import type { Acl } from '../../../src/kafka/topology/acls.ts';

const PRINCIPAL = 'User:tollgate';
const LOOK_MS = 20;
const MOST_LOOKS = 500;

/** Gives the user `tollgate` these rights; resolves when the broker knows. */
export async function grant(admin: Admin, acls: readonly Acl[]): Promise<void> {
  await admin.createAcls({ acl: acls.map(entryOf) });
  for (const acl of acls) await untilKnown(admin, acl, 1);
}

/** Takes them again. */
export async function revoke(admin: Admin, acls: readonly Acl[]): Promise<void> {
  await admin.deleteAcls({ filters: acls.map(entryOf) });
  for (const acl of acls) await untilKnown(admin, acl, 0);
}

/** The broker answers before it knows what it did. */
async function untilKnown(admin: Admin, acl: Acl, count: number): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const { resources } = await admin.describeAcls(entryOf(acl));
    if (resources.flatMap(({ acls }) => acls).length === count) return;
    await delay(LOOK_MS);
  }
  throw new Error(`the broker does not take note of ${acl.operation} on ${acl.name}`);
}

function entryOf({ resource, name, pattern, operation }: Acl) {
  return {
    resourceType: AclResourceTypes[resource],
    resourceName: name,
    resourcePatternType: ResourcePatternTypes[pattern],
    principal: PRINCIPAL,
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}
