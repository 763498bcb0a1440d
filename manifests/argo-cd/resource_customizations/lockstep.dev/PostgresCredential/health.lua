local waiting = { status = "Progressing", message = "Waiting for the controller of lockstep" }
local status = obj.status
-- The status of an earlier generation says nothing about this one.
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return waiting
end
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local function health(status, condition)
  return { status = status, message = condition.message }
end
local ready, synced, progressing = conditions.Ready, conditions.Synced, conditions.Progressing
if ready == nil or synced == nil or progressing == nil then
  return waiting
end
if ready.status == "False" then
  return health("Degraded", ready)
end
if progressing.status == "True" then
  return health("Progressing", progressing)
end
if synced.status == "False" then
  return health("Degraded", synced)
end
-- The login works, and the change that somebody requested did not happen.
if progressing.reason == "RolledBack" or progressing.reason == "Refused" then
  return health("Degraded", progressing)
end
-- A server that can't be reached may still be starting. Degraded would fail the sync that has just applied it.
if synced.status == "Unknown" then
  return health("Progressing", synced)
end
return health("Healthy", synced)
