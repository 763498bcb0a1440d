package main

import (
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
)

// The health of each object of `git`. null is a kind without a script, which counts as healthy.
func argocdHealth(request argocdRequest) (any, error) {
	overrides := lua.ResourceHealthOverrides(overridesOf(request.Settings))
	results := make([]*health.HealthStatus, len(request.Git))
	for index, each := range request.Git {
		status, err := health.GetResourceHealth(each, overrides)
		if err != nil {
			return nil, err
		}
		results[index] = status
	}
	return results, nil
}

const healthSetting = "resource.customizations.health."

// The keys resource.customizations.health.GROUP_KIND of argocd-cm.
func overridesOf(settings map[string]string) map[string]v1alpha1.ResourceOverride {
	overrides := map[string]v1alpha1.ResourceOverride{}
	for name, script := range settings {
		if kind, ok := strings.CutPrefix(name, healthSetting); ok {
			overrides[strings.Replace(kind, "_", "/", 1)] = v1alpha1.ResourceOverride{HealthLua: script}
		}
	}
	return overrides
}
