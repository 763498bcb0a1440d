package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"github.com/fluxcd/pkg/ssa/normalize"
	"github.com/fluxcd/pkg/ssa/utils"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fluxRequest is one reconciliation of a Kustomization by kustomize-controller, or its drift detection alone.
type fluxRequest struct {
	Kubeconfig string `json:"kubeconfig"`
	// apply or diff
	Action string `json:"action"`
	// Manifests, as YAML.
	Manifests string `json:"manifests"`
	Force     bool   `json:"force"`
	// spec.ignore of the Kustomization
	Ignore []struct {
		Paths  []string `json:"paths"`
		Target struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"target"`
	} `json:"ignore"`
}

type fluxChange struct {
	Subject string `json:"subject"`
	Action  string `json:"action"`
}

const fluxManager = "kustomize-controller"

func flux(body []byte) (any, error) {
	var request fluxRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	config, err := connect(request.Kubeconfig)
	if err != nil {
		return nil, err
	}
	kubeClient, err := client.New(config, client.Options{})
	if err != nil {
		return nil, err
	}
	objects, err := utils.ReadObjects(strings.NewReader(request.Manifests))
	if err != nil {
		return nil, err
	}
	if err := normalize.UnstructuredList(objects); err != nil {
		return nil, err
	}
	owner := ssa.Owner{Field: fluxManager, Group: "kustomize.toolkit.fluxcd.io"}
	manager := ssa.NewResourceManager(kubeClient, nil, owner)
	manager.SetOwnerLabels(objects, "shop", "flux-system")
	switch request.Action {
	case "apply":
		return fluxApply(manager, objects, request)
	case "diff":
		return fluxDiff(manager, objects, request)
	default:
		return nil, errors.New("the action is apply or diff")
	}
}

// fluxApply has the options of kustomize-controller: KustomizationReconciler.apply.
func fluxApply(manager *ssa.ResourceManager, objects []*unstructured.Unstructured, request fluxRequest) (any, error) {
	options := ssa.DefaultApplyOptions()
	options.Force = request.Force
	options.ExclusionSelector = map[string]string{
		"kustomize.toolkit.fluxcd.io/reconcile": "disabled",
		"kustomize.toolkit.fluxcd.io/ssa":       "ignore",
	}
	options.IfNotPresentSelector = map[string]string{"kustomize.toolkit.fluxcd.io/ssa": "ifnotpresent"}
	options.ForceSelector = map[string]string{"kustomize.toolkit.fluxcd.io/force": "enabled"}
	options.DriftIgnoreRules = ignoreRules(request)
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{"kubectl.kubernetes.io/last-applied-configuration"},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: fluxManager, OperationType: metav1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{"kustomize.toolkit.fluxcd.io/ssa": "merge"},
	}
	applied, err := manager.ApplyAllStaged(context.Background(), objects, options)
	if err != nil {
		return nil, err
	}
	return map[string]any{"changes": changesOf(applied.Entries)}, nil
}

func fluxDiff(manager *ssa.ResourceManager, objects []*unstructured.Unstructured, request fluxRequest) (any, error) {
	options := ssa.DefaultDiffOptions()
	options.Force = request.Force
	options.DriftIgnoreRules = ignoreRules(request)
	var entries []ssa.ChangeSetEntry
	for _, object := range objects {
		entry, _, _, err := manager.Diff(context.Background(), object, options)
		if err != nil {
			return nil, err
		}
		entries = append(entries, *entry)
	}
	return map[string]any{"changes": changesOf(entries)}, nil
}

func ignoreRules(request fluxRequest) []jsondiff.IgnoreRule {
	var rules []jsondiff.IgnoreRule
	for _, each := range request.Ignore {
		rules = append(rules, jsondiff.IgnoreRule{
			Paths:    each.Paths,
			Selector: &jsondiff.Selector{Kind: each.Target.Kind, Name: each.Target.Name},
		})
	}
	return rules
}

func changesOf(entries []ssa.ChangeSetEntry) []fluxChange {
	changes := []fluxChange{}
	for _, entry := range entries {
		changes = append(changes, fluxChange{Subject: entry.Subject, Action: string(entry.Action)})
	}
	return changes
}
