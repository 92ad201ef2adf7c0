// Makes a database of grype from the result folders of its providers, with grype's own builder:
// grype-database OUT PROVIDER_FOLDER...
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/anchore/grype/grype/db"
	"github.com/anchore/grype/grype/db/provider"
	v6 "github.com/anchore/grype/grype/db/v6"
)

func main() {
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out string, folders []string) error {
	var states provider.States
	for _, folder := range folders {
		results := filepath.Join(folder, "results")
		if err := provider.GenerateListingFile(results, filepath.Join(results, "listing.xxh64")); err != nil {
			return err
		}
		state, err := provider.ReadState(filepath.Join(folder, "metadata.json"))
		if err != nil {
			return err
		}
		states = append(states, *state)
	}
	return db.Build(db.BuildConfig{
		SchemaVersion:   v6.ModelVersion,
		Directory:       out,
		States:          states,
		Timestamp:       time.Now(),
		IncludeCPEParts: []string{"a", "h", "o"},
		Hydrate:         true,
	})
}
