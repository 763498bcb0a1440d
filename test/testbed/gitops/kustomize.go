package main

import (
	"encoding/json"
	"path"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomizeRequest is one `kustomize build` of files in memory.
type kustomizeRequest struct {
	// The content of each file, by its path below the root.
	Files map[string]string `json:"files"`
	// The folder to build; the root if it is empty.
	Folder string `json:"folder"`
}

func kustomize(body []byte) (any, error) {
	var request kustomizeRequest
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	files := filesys.MakeFsInMemory()
	for name, content := range request.Files {
		if err := files.WriteFile(path.Join("/", name), []byte(content)); err != nil {
			return nil, err
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, path.Join("/", request.Folder))
	if err != nil {
		return nil, err
	}
	manifests, err := built.AsYaml()
	if err != nil {
		return nil, err
	}
	return map[string]string{"manifests": string(manifests)}, nil
}
