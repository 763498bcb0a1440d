local hs = { status = "Progressing", message = "Waiting for the webhook of lockstep" }
local status = obj.status
-- The status of an earlier generation says nothing about this one.
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return hs
end
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then
    hs.status = condition.status == "True" and "Healthy" or "Degraded"
    hs.message = condition.message
  end
end
return hs
