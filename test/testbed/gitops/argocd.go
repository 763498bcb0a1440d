package main

import (
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/tracing"
)

// One look or one sync of an Application.
type argocdRequest struct {
	// compare, sync or health.
	Do         string `json:"do"`
	Kubeconfig string `json:"kubeconfig"`
	// Its annotations and its spec have the options. spec.destination.namespace is the namespace of all objects.
	Application v1alpha1.Application `json:"application"`
	// The objects of Git; for health, the objects to look at.
	Git []*unstructured.Unstructured `json:"git"`
	// For compare, what the caller says is stored, as in the call that CVE-2026-42880 is about. Without it, the stored objects are read.
	Live []*unstructured.Unstructured `json:"live"`
	// The data of the ConfigMap argocd-cm.
	Settings map[string]string `json:"settings"`
}

var kubectl = &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}

func argocd(input []byte) (any, error) {
	var request argocdRequest
	if err := json.Unmarshal(input, &request); err != nil {
		return nil, err
	}
	switch request.Do {
	case "compare":
		return argocdCompare(request)
	case "sync":
		return argocdSync(request)
	case "health":
		return argocdHealth(request)
	}
	return nil, fmt.Errorf("do: %q is not compare, sync or health", request.Do)
}
