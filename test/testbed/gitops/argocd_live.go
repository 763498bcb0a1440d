package main

import (
	"context"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// The default since Argo CD 3.0.
const trackingMethod = v1alpha1.TrackingMethodAnnotation

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// The stored object of each target. Then each Secret that names the Application as its own and is no longer in Git: without a target, so that a
// sync with prune deletes it. An annotation that another controller has copied names another object, and doesn't count.
func withLives(config *rest.Config, request argocdRequest, targets []*unstructured.Unstructured) (all, lives []*unstructured.Unstructured, err error) {
	inGit := map[string]bool{}
	for _, each := range targets {
		live, err := kubectl.GetResource(context.Background(), config, each.GroupVersionKind(), each.GetName(), each.GetNamespace())
		if err != nil && !errors.IsNotFound(err) {
			return nil, nil, err
		}
		if err != nil {
			live = nil
		}
		lives = append(lives, live)
		inGit[each.GetKind()+"/"+each.GetName()] = true
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	stored, err := client.Resource(secrets).Namespace(request.Application.Spec.Destination.Namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, nil, err
	}
	for index := range stored.Items {
		each := &stored.Items[index]
		if !inGit["Secret/"+each.GetName()] && isOwn(request, each) {
			targets, lives = append(targets, nil), append(lives, each)
		}
	}
	return targets, lives, nil
}

func isOwn(request argocdRequest, object *unstructured.Unstructured) bool {
	named := argo.NewResourceTracking().GetAppInstance(object, trackingMethod, "")
	return named != nil && *named == argo.UnstructuredToAppInstanceValue(object, request.Application.Name, "")
}
