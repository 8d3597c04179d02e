package credential_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Config is what an integrator writes in the reader's config block.
type Config struct {
	Path string `aisle:"path,required,device" doc:"Device file of the badge reader."`
	Key  string `aisle:"key,required,sensitive" doc:"Key that turns badge numbers into tokens."`
}

// badges is a reader that sends one badge number a line.
type badges struct {
	in  io.ReadCloser
	key []byte
}

func open(_ context.Context, _ sdk.Env, c Config) (credential.Reader, error) {
	in, err := os.Open(c.Path)
	if err != nil {
		return nil, fault.At("path", fault.Wrap(fault.Unavailable, "open the reader", err))
	}
	return &badges{in, []byte(c.Key)}, nil
}

func (b *badges) Run(ctx context.Context, report func(observe.Credential)) error {
	defer context.AfterFunc(ctx, func() { _ = b.in.Close() })()
	for lines := bufio.NewScanner(b.in); lines.Scan(); {
		report(observe.Credential{
			Interval: observe.At(time.Now()), Token: b.token(lines.Text()),
			Method: observe.MethodBadge, Quality: measure.Certain,
		})
	}
	return io.ErrUnexpectedEOF // the host opens the reader again
}

// token hides the number: only the key's holder can make it again.
func (b *badges) token(number string) string {
	h := hmac.New(sha256.New, b.key)
	h.Write([]byte(strings.TrimSpace(number)))
	return fmt.Sprintf("badge_%x", h.Sum(nil)[:8])
}

func Example() {
	driver := credential.Driver("badges", open)
	// In a plugin's main:
	//	sdk.Serve(sdk.Plugin{Name: "acme/badges", Version: "1.0.0", Drivers: []sdk.Driver{driver}})
	fmt.Println(driver.Class, driver.Name, driver.Check())

	path := filepath.Join(os.TempDir(), fmt.Sprintf("badges-%d", os.Getpid()))
	if err := os.WriteFile(path, []byte("0012345\n0099999\n0012345\n"), 0o600); err != nil {
		fmt.Println(err)
	}
	defer os.Remove(path)
	reader, err := open(context.Background(), sdk.Env{}, Config{Path: path, Key: "store 12"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = reader.Run(context.Background(), func(c observe.Credential) { fmt.Println(c.Token, c.Method) })
	fmt.Println(err)
	// Output:
	// credential badges <nil>
	// badge_db794cd45d566baf badge
	// badge_5859d64f7e890e72 badge
	// badge_db794cd45d566baf badge
	// unexpected EOF
}
