import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';

/**
 * FleetForge's policy input (its `PolicyRequest::to_payload`): the context spread at the top, or under `context` when it
 * is no object, then the envelope's `run_id` and `step_id`. There the context's own ids won; here the envelope's do, so
 * that a caller cannot speak for another run.
 */
export function fleetForgePayload(context: Json | undefined, runId: string, stepId: string): JsonObject {
  const ids = { run_id: runId, step_id: stepId };
  if (context === undefined) return ids;
  return isJsonObject(context) ? { ...context, ...ids } : { context, ...ids };
}
