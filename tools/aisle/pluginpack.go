package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/distribution"
	"github.com/openaisle/aisle/framework/supervisor"
)

// passwordVariable names the password of a key.
const passwordVariable = "AISLE_KEY_PASSWORD"

func newPluginPack() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "pack DIR -o FILE.tar.gz",
		Short: "Make a package of a plugin's folder",
		Long: "Pack makes an archive of a folder that holds plugin.json (format, name, version, licence), the programs as\n" +
			"bin/OS_ARCH/NAME, a licence and what else people should read. It starts the program of this machine to ask what\n" +
			"the plugin is, completes plugin.json, and writes schema.json and SHA256SUMS. Equal folders are equal archives.",
		Example: "  GOOS=linux GOARCH=amd64 go build -o dist/bin/linux_amd64/speedlane .\n  aisle plugin pack dist -o speedlane.tar.gz",
		Args:    needs("the plugin's folder"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			if out == "" {
				return errors.New("aisle plugin pack: -o FILE.tar.gz is missing")
			}
			programs, err := filepath.Glob(filepath.Join(args[0], "bin", runtime.GOOS+"_"+runtime.GOARCH, "*"))
			if err != nil || len(programs) != 1 {
				return errors.Join(err, fmt.Errorf("%s: expected one program in bin/%s_%s, to ask it what it is; found %d", args[0], runtime.GOOS, runtime.GOARCH, len(programs)))
			}
			s := supervisor.New(nil)
			defer func() { err = errors.Join(err, s.Close()) }()
			path, err := filepath.Abs(programs[0])
			if err != nil {
				return err
			}
			d, err := s.Describe(c.Context(), supervisor.Spec{Name: "packed", Path: path})
			if err != nil {
				return err
			}
			p, err := distribution.Pack(args[0], out, d)
			if err != nil {
				return err
			}
			return printPackage(c, "Packed", p)
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "the archive `FILE` to write (required)")
	return c
}

func printPackage(c *cobra.Command, deed string, p *distribution.Package) error {
	signed := "unsigned"
	if p.Signed {
		signed = "signed by a trusted key"
	}
	var platforms []string
	for _, x := range p.Platforms {
		platforms = append(platforms, x.OS+"/"+x.Arch)
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s %s %s for %s, %s: %s\n", deed, p.Name, p.Version, strings.Join(platforms, ", "), signed, p.Digest)
	return err
}

func newPluginKeygen() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make a pair of keys to sign packages with",
		Long: "Keygen writes a private minisign key to FILE, which its owner alone can read, and the public one to FILE.pub.\n" +
			"Where " + passwordVariable + " is set, the private key is encrypted with it.",
		Example: "  aisle plugin keygen acme.key",
		Args:    needs("the file of the private key"),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := distribution.GenerateKey(args[0], args[0]+".pub", os.Getenv(passwordVariable))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "Wrote %s and %s.pub. Integrators write: trusted_keys = [%q]\n", args[0], args[0], k.String())
			return err
		},
	}
}

func newPluginSign() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use:   "sign FILE.tar.gz --key KEY",
		Short: "Sign a package",
		Long: "Sign puts a minisign signature over the package's SHA256SUMS into the archive. A key of the minisign tool does,\n" +
			"too; the password of one that is encrypted is read from " + passwordVariable + ".",
		Example: "  aisle plugin sign speedlane.tar.gz --key acme.key",
		Args:    needs("the archive"),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := distribution.ReadKey(key, os.Getenv(passwordVariable))
			if err != nil {
				return fmt.Errorf("read the key %q: %w", key, err)
			}
			p, err := distribution.Sign(args[0], k)
			if err != nil {
				return err
			}
			return printPackage(c, "Signed", p)
		},
	}
	c.Flags().StringVar(&key, "key", "", "`FILE` of the private key (required)")
	return c
}

// trustFlags are those of commands that take packages.
type trustFlags struct {
	keys     []string
	unsigned bool
}

func (t *trustFlags) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&t.keys, "key", nil, "public `KEY` that is trusted, or its file; several are possible")
	c.Flags().BoolVar(&t.unsigned, "allow-unsigned", false, "take a package that nobody signed")
}

func (t *trustFlags) trust() (distribution.Trust, error) {
	out := distribution.Trust{AllowUnsigned: t.unsigned}
	for _, k := range t.keys {
		b, unread := os.ReadFile(k)
		if unread == nil {
			k = string(b)
		}
		if _, err := distribution.ParseKey(k); err != nil {
			if unread != nil {
				return out, fmt.Errorf("--key: it is neither a key nor a file of one: %w; %w", err, unread)
			}
			return out, fmt.Errorf("--key: %w", err)
		}
		out.Keys = append(out.Keys, k)
	}
	return out, nil
}

func newPluginPublish() *cobra.Command {
	var to string
	var trust trustFlags
	c := &cobra.Command{
		Use:   "publish FILE.tar.gz --to DIR --key KEY",
		Short: "Lay a package out for a web server",
		Long: "Publish looks through a package and puts it into a folder that any web server can serve, under its name and\n" +
			"version, with an index. The folder can be copied to where there is no network.",
		Example: "  aisle plugin publish speedlane.tar.gz --to site --key acme.key.pub",
		Args:    needs("the archive"),
		RunE: func(c *cobra.Command, args []string) error {
			if to == "" {
				return errors.New("aisle plugin publish: --to DIR is missing")
			}
			t, err := trust.trust()
			if err != nil {
				return err
			}
			p, err := distribution.Publish(args[0], to, t)
			if err != nil {
				return err
			}
			return printPackage(c, "Published", p)
		},
	}
	c.Flags().StringVar(&to, "to", "", "the `folder` (required)")
	trust.flags(c)
	return c
}

func newPluginInstall() *cobra.Command {
	var from, into string
	var trust trustFlags
	c := &cobra.Command{
		Use:   "install NAME@VERSION --from FOLDER|FILE.tar.gz|URL --key KEY",
		Short: "Take a plugin's package from a folder, an archive or a web server",
		Long: "Install fetches a package, looks through every byte of it, and puts it where stores find it (the folder that\n" +
			"AISLE_PACKAGES names, or else the user's cache). Without @VERSION it takes the newest. Which version a store\n" +
			"runs its lock says: write it with aisle plugin lock.",
		Example: "  aisle plugin install acme/speedlane@1.4.2 --from https://plugins.example/ --key acme.key.pub",
		Args:    needs("the package's name"),
		RunE: func(c *cobra.Command, args []string) error {
			if from == "" {
				return errors.New("aisle plugin install: --from is missing: a folder, an archive, or the address of a published folder")
			}
			t, err := trust.trust()
			if err != nil {
				return err
			}
			if into == "" {
				if into, err = distribution.Folder(); err != nil {
					return err
				}
			}
			name, version, _ := strings.Cut(args[0], "@")
			p, err := distribution.Install(c.Context(), name, version, from, into, t)
			if err != nil {
				return err
			}
			return printPackage(c, "Installed", p)
		},
	}
	c.Flags().StringVar(&from, "from", "", "where it comes from (required)")
	c.Flags().StringVar(&into, "into", "", "the `folder` of packages, where it isn't the user's own")
	trust.flags(c)
	return c
}
