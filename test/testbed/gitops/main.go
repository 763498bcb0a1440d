// Runs the libraries of Argo CD, Flux and kustomize as the tools call them. The argument names the tool. Standard input: requests as
// JSON; standard output: one answer as JSON, in one line, for each. An error of a library is the answer {"error": "…"}.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

var tools = map[string]func(request []byte) (any, error){
	"argocd":    argocd,
	"flux":      flux,
	"kustomize": kustomize,
}

func main() {
	if len(os.Args) != 2 || tools[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: gitops argocd|flux|kustomize")
		os.Exit(2)
	}
	requests, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var request json.RawMessage
		if err := requests.Decode(&request); err == io.EOF {
			return
		} else if err != nil {
			panic(err)
		}
		answer, err := tools[os.Args[1]](request)
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}

func connect(kubeconfig string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	// Each test waits for its own few requests.
	config.QPS, config.Burst = 500, 500
	return config, nil
}
