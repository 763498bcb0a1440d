package main

import (
	"context"
	"errors"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync"
	synccommon "github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/common"
	"github.com/argoproj/argo-cd/v3/common"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The longest wait for objects to become healthy, or to be deleted.
const syncTimeout = 60 * time.Second

type argocdOperation struct {
	// Succeeded, Failed or Error.
	Phase     string                 `json:"phase"`
	Message   string                 `json:"message"`
	Resources []argocdResourceResult `json:"resources"`
}

type argocdResourceResult struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Synced, SyncFailed, Pruned or PruneSkipped.
	Status  string `json:"status"`
	Message string `json:"message"`
}

func argocdSync(request argocdRequest) (any, error) {
	app, err := openApplication(request)
	if err != nil {
		return nil, err
	}
	defer app.close()
	ctx := context.Background()
	// The controller uses its comparison for ApplyOutOfSyncOnly=true.
	comparison, err := argodiff.StateDiffs(ctx, app.lives, app.targets, app.diffConfig)
	if err != nil {
		return nil, err
	}
	if hasOption(request, "RespectIgnoreDifferences=true") {
		if app.targets, err = respectIgnored(app.lives, app.targets, app.diffConfig); err != nil {
			return nil, err
		}
	}
	propagation := metav1.DeletePropagationForeground
	policy := request.Application.Spec.SyncPolicy
	prune := policy != nil && policy.Automated.GetPrune()
	operation, closeContext, err := sync.NewSyncContext(
		"revision",
		sync.ReconciliationResult{Live: app.lives, Target: app.targets},
		app.config,
		app.config,
		kubectl,
		request.Application.Spec.Destination.Namespace,
		sync.WithLogr(logr.Discard()),
		sync.WithHealthOverride(lua.ResourceHealthOverrides(overridesOf(request.Settings))),
		sync.WithOperationSettings(false, prune, false, false),
		sync.WithInitialState(synccommon.OperationRunning, "", nil, metav1.Now()),
		sync.WithManifestValidation(!hasOption(request, synccommon.SyncOptionsDisableValidation)),
		sync.WithPruneLast(hasOption(request, synccommon.SyncOptionPruneLast)),
		sync.WithPrunePropagationPolicy(&propagation),
		sync.WithResourceModificationChecker(hasOption(request, synccommon.SyncOptionApplyOutOfSyncOnly), comparison),
		sync.WithReplace(hasOption(request, synccommon.SyncOptionReplace)),
		sync.WithServerSideApply(hasOption(request, synccommon.SyncOptionServerSideApply)),
		sync.WithServerSideApplyManager(common.ArgoCDSSAManager),
		sync.WithClientSideApplyMigration(
			!hasOption(request, synccommon.SyncOptionDisableClientSideApplyMigration),
			synccommon.DefaultClientSideApplyMigrationManager,
		),
	)
	if err != nil {
		return nil, err
	}
	defer closeContext()
	return runToEnd(ctx, operation)
}

// The controller calls Sync at each reconcile, until the operation has ended.
func runToEnd(ctx context.Context, operation sync.SyncContext) (any, error) {
	for started := time.Now(); time.Since(started) < syncTimeout; time.Sleep(100 * time.Millisecond) {
		operation.Sync(ctx)
		phase, message, results := operation.GetState()
		if !phase.Completed() {
			continue
		}
		answer := argocdOperation{Phase: string(phase), Message: message}
		for _, each := range results {
			answer.Resources = append(answer.Resources, argocdResourceResult{
				Kind: each.ResourceKey.Kind, Name: each.ResourceKey.Name, Status: string(each.Status), Message: each.Message,
			})
		}
		return answer, nil
	}
	_, message, _ := operation.GetState()
	return nil, errors.New("the sync did not end: " + message)
}
