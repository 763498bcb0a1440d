package main

import (
	"context"
	"encoding/json"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/resource"
	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/util/argo"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
)

type argocdComparison struct {
	// Synced or OutOfSync.
	Status    string               `json:"status"`
	Resources []argocdResourceDiff `json:"resources"`
}

type argocdResourceDiff struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Modified bool   `json:"modified"`
	// As the engine returns them. null is an object that is absent.
	Live      json.RawMessage `json:"live"`
	Predicted json.RawMessage `json:"predicted"`
	// The same after HideSecretData, which each caller of the engine must use.
	Masked [2]*unstructured.Unstructured `json:"masked"`
}

func argocdCompare(request argocdRequest) (any, error) {
	app, err := openApplication(request)
	if err != nil {
		return nil, err
	}
	defer app.close()
	results, err := argodiff.StateDiffs(context.Background(), app.lives, app.targets, app.diffConfig)
	if err != nil {
		return nil, err
	}
	comparison := argocdComparison{Status: "Synced"}
	for index, each := range results.Diffs {
		object := app.lives[index]
		if object == nil {
			object = app.targets[index]
		}
		// An object that is stored and not in Git, or the other way, is a difference too.
		modified := each.Modified || app.lives[index] == nil || app.targets[index] == nil
		if modified {
			comparison.Status = "OutOfSync"
		}
		masked, err := mask(each)
		if err != nil {
			return nil, err
		}
		comparison.Resources = append(comparison.Resources, argocdResourceDiff{
			Kind: object.GetKind(), Name: object.GetName(), Modified: modified,
			Live: each.NormalizedLive, Predicted: each.PredictedLive, Masked: masked,
		})
	}
	return comparison, nil
}

func mask(result diff.DiffResult) ([2]*unstructured.Unstructured, error) {
	var predicted, live *unstructured.Unstructured
	if err := json.Unmarshal(result.PredictedLive, &predicted); err != nil {
		return [2]*unstructured.Unstructured{}, err
	}
	if err := json.Unmarshal(result.NormalizedLive, &live); err != nil {
		return [2]*unstructured.Unstructured{}, err
	}
	target, stored, err := diff.HideSecretData(predicted, live, nil)
	return [2]*unstructured.Unstructured{target, stored}, err
}

// An Application with its objects: those of Git, and the stored one of each.
type openedApplication struct {
	config         *rest.Config
	targets, lives []*unstructured.Unstructured
	diffConfig     argodiff.DiffConfig
	close          func()
}

func openApplication(request argocdRequest) (*openedApplication, error) {
	config, err := connect(request.Kubeconfig)
	if err != nil {
		return nil, err
	}
	targets, err := trackedTargets(request)
	if err != nil {
		return nil, err
	}
	lives := request.Live
	if lives == nil {
		if targets, lives, err = withLives(config, request, targets); err != nil {
			return nil, err
		}
	}
	diffConfig, closeRunner, err := diffConfigOf(config, request)
	if err != nil {
		return nil, err
	}
	return &openedApplication{config, targets, lives, diffConfig, closeRunner}, nil
}

// The objects of Git as the repository server renders them: with the annotation that names the Application.
func trackedTargets(request argocdRequest) ([]*unstructured.Unstructured, error) {
	application, tracking := request.Application, argo.NewResourceTracking()
	for _, each := range request.Git {
		each.SetNamespace(application.Spec.Destination.Namespace)
		err := tracking.SetAppInstance(each, common.LabelKeyAppInstance, application.Name, each.GetNamespace(), trackingMethod, "")
		if err != nil {
			return nil, err
		}
	}
	return request.Git, nil
}

// The options of an Application become the settings of a diff as in the controller's CompareAppState.
func diffConfigOf(config *rest.Config, request argocdRequest) (argodiff.DiffConfig, func(), error) {
	application := &request.Application
	parser, err := parserOf(config)
	if err != nil {
		return nil, nil, err
	}
	applier, closeRunner, err := kubectl.ManageServerSideDiffDryRuns(config)
	if err != nil {
		return nil, nil, err
	}
	policy := application.Spec.SyncPolicy
	serverSide := policy != nil && policy.SyncOptions.HasOption("ServerSideApply=true")
	if resource.HasAnnotationOption(application, common.AnnotationCompareOptions, "ServerSideDiff=true") {
		serverSide = true
	}
	if resource.HasAnnotationOption(application, common.AnnotationCompareOptions, "ServerSideDiff=false") {
		serverSide = false
	}
	includesWebhook := resource.HasAnnotationOption(application, common.AnnotationCompareOptions, "IncludeMutationWebhook=true")
	diffConfig, err := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(application.Spec.IgnoreDifferences, overridesOf(request.Settings), false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(common.LabelKeyAppInstance, string(trackingMethod)).
		WithNoCache().
		WithIgnoreMutationWebhook(!includesWebhook).
		WithGVKParser(parser).
		WithManager(common.ArgoCDSSAManager).
		WithServerSideDiff(serverSide).
		WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier)).
		Build()
	return diffConfig, closeRunner, err
}

// The controller keeps the schema of a cluster too: to read it takes longer than a comparison.
var parsers = map[string]*managedfields.GvkParser{}

func parserOf(config *rest.Config) (*managedfields.GvkParser, error) {
	if known := parsers[config.Host]; known != nil {
		return known, nil
	}
	_, parser, err := kubectl.LoadOpenAPISchema(config)
	parsers[config.Host] = parser
	return parser, err
}

// The sync options of the Application.
func hasOption(request argocdRequest, name string) bool {
	policy := request.Application.Spec.SyncPolicy
	return policy != nil && policy.SyncOptions.HasOption(name)
}
