package main

import (
	"encoding/json"
	"reflect"

	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	jsonpatch "github.com/evanphx/json-patch/v5"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
)

// RespectIgnoreDifferences: an ignored field of a target takes the value that is stored. The steps are those of the function
// normalizeTargetResources of Argo CD, on its own normalizers. The function itself is in a package that can't be built in reasonable time.
func respectIgnored(lives, targets []*unstructured.Unstructured, config argodiff.DiffConfig) ([]*unstructured.Unstructured, error) {
	normalized, err := argodiff.Normalize(lives, targets, config)
	if err != nil {
		return nil, err
	}
	respected := make([]*unstructured.Unstructured, len(targets))
	for index, target := range targets {
		respected[index] = target
		if target == nil || lives[index] == nil {
			continue
		}
		normalizedTarget, normalizedLive := normalized.Targets[index], normalized.Lives[index]
		patched, err := withIgnoredOf(lives[index], normalizedLive, normalizedTarget)
		if err != nil {
			return nil, err
		}
		undoCollateral(patched.Object, target.Object, normalizedTarget.Object, normalizedLive.Object)
		respected[index] = patched
	}
	return respected, nil
}

// The normalizer has taken the ignored fields out of normalizedLive. The patch that restores them there is applied to the target.
func withIgnoredOf(live, normalizedLive, normalizedTarget *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	before, err := withoutStatus(normalizedLive)
	if err != nil {
		return nil, err
	}
	after, err := withoutStatus(live)
	if err != nil {
		return nil, err
	}
	target, err := normalizedTarget.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var patched []byte
	if kind, unknown := scheme.Scheme.New(live.GroupVersionKind()); unknown == nil {
		meta, err := strategicpatch.NewPatchMetaFromStruct(kind)
		if err != nil {
			return nil, err
		}
		patch, err := strategicpatch.CreateThreeWayMergePatch(after, after, before, meta, true)
		if err != nil {
			return nil, err
		}
		if patched, err = strategicpatch.StrategicMergePatch(target, patch, kind); err != nil {
			return nil, err
		}
	} else {
		patch, err := jsonpatch.CreateMergePatch(before, after)
		if err != nil {
			return nil, err
		}
		if patched, err = jsonpatch.MergePatch(target, patch); err != nil {
			return nil, err
		}
	}
	result := &unstructured.Unstructured{}
	return result, json.Unmarshal(patched, &result.Object)
}

func withoutStatus(object *unstructured.Unstructured) ([]byte, error) {
	copied := object.DeepCopy()
	unstructured.RemoveNestedField(copied.Object, "status")
	return copied.MarshalJSON()
}

// The function restoreNonIgnoredFields of Argo CD. A field that the normalizer did not touch keeps the value of Git, and a field that only the stored
// object has does not stay. For a Secret with stringData, the second half takes the whole data: argo-cd#29644.
func undoCollateral(patched, target, normalizedTarget, normalizedLive map[string]any) {
	for key, wanted := range target {
		held, isHeld := patched[key]
		untouched, isNormalized := normalizedTarget[key]
		heldMap, isMap1 := held.(map[string]any)
		wantedMap, isMap2 := wanted.(map[string]any)
		untouchedMap, isMap3 := untouched.(map[string]any)
		if isMap1 && isMap2 && isMap3 {
			liveMap, _ := normalizedLive[key].(map[string]any)
			undoCollateral(heldMap, wantedMap, untouchedMap, liveMap)
			continue
		}
		if isNormalized && reflect.DeepEqual(untouched, wanted) && (!isHeld || !reflect.DeepEqual(held, wanted)) {
			patched[key] = wanted
		}
	}
	for key := range patched {
		_, isWanted := target[key]
		_, isStored := normalizedLive[key]
		if !isWanted && isStored {
			delete(patched, key)
		}
	}
}
