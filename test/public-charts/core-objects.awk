# A post-renderer of Helm. It keeps the objects of the kinds in its argument, and their pods away: no other kind needs to
# be in the cluster. Helm has written the objects in one form, with each field of an object at the start of a line.
BEGIN { kinds = "," ARGV[1] ","; ARGC = 1 }
/^---/ { flush(); next }
/^kind: / { isKept = index(kinds, "," $2 ",") > 0; isScaled = $2 == "Deployment" || $2 == "StatefulSet" }
{ lines[count++] = $0 }
END { flush() }

function flush(i) {
  if (isKept) print "---"
  for (i = 0; isKept && i < count; i++) {
    if (isScaled && lines[i] ~ /^  replicas:/) continue
    print lines[i]
    if (isScaled && lines[i] == "spec:") print "  replicas: 0"
  }
  count = isKept = isScaled = 0
}
