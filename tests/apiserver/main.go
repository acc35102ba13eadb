// Command kube holds the programs of a Kubernetes control plane, and kubectl, in one file: what they share is
// compiled and linked once. The first argument names the program, the rest are its own arguments.
//
//	kube kube-apiserver|kube-controller-manager|etcd|kubectl [arguments]
//
// Four more commands serve the tests that run it:
//
//	kube tethered [-remove DIR] PROGRAM [arguments]
//
// runs PROGRAM until standard input reaches its end, and then removes DIR. A test holds the other end of that pipe,
// which the operating system closes however the test ends, so no server outlives its test.
//
//	kube pki DIR
//
// writes apiserver.crt (the certificate for 127.0.0.1 and localhost, followed by its authority's), apiserver.key,
// sa.key (which signs ServiceAccount tokens), clients.crt (the authority of client certificates), and certified.crt and
// certified.key (with which a client is user certified in system:masters) into DIR.
//
//	kube protobuf
//
// writes how Kubernetes' kinds are encoded as protobuf; protobuf.go says how.
//
//	kube examples SEED COUNT
//
// writes so many random objects of each kind, as protobuf and as JSON.
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // a CronJob may name a time zone that this machine doesn't have

	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

const usage = "usage: kube kube-apiserver|kube-controller-manager|etcd|kubectl [arguments]\n" +
	"       kube tethered [-remove DIR] PROGRAM [arguments]\n" +
	"       kube pki DIR\n" +
	"       kube protobuf\n" +
	"       kube examples SEED COUNT"

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "tethered" {
		args = tether(args[1:])
	}
	if len(args) == 0 {
		fail(usage)
	}
	// The programs read their arguments from os.Args.
	os.Args = args
	switch args[0] {
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	case "etcd":
		etcdmain.Main(args)
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
	case "pki":
		if len(args) != 2 {
			fail(usage)
		}
		if err := writePKI(args[1]); err != nil {
			fail("cannot write keys and certificates: " + err.Error())
		}
	case "protobuf":
		if err := writeProtobuf(os.Stdout); err != nil {
			fail("cannot write how kinds are encoded: " + err.Error())
		}
	case "examples":
		var seed int64
		var count int
		if _, err := fmt.Sscan(strings.Join(args[1:], " "), &seed, &count); err != nil {
			fail(usage)
		}
		if err := writeExamples(os.Stdout, seed, count); err != nil {
			fail("cannot write examples: " + err.Error())
		}
	default:
		fail(fmt.Sprintf("no program is named %q\n%s", args[0], usage))
	}
}

// tether ends this process at the end of standard input; it returns the arguments that name the program to run.
func tether(args []string) []string {
	remove := ""
	if len(args) > 1 && args[0] == "-remove" {
		remove, args = args[1], args[2:]
	}
	rm, err := exec.LookPath("rm")
	if remove != "" && err != nil {
		fail("-remove needs the command rm: " + err.Error())
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		if remove != "" {
			// Replacing the process stops the server before its files go, so that it can't write them anew.
			err := syscall.Exec(rm, []string{"rm", "-rf", "--", remove}, os.Environ())
			fail("cannot run rm: " + err.Error())
		}
		os.Exit(0)
	}()
	return args
}

func writePKI(dir string) error {
	loopback := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	certificate, key, err := cert.GenerateSelfSignedCertKey("localhost", loopback, nil)
	if err != nil {
		return err
	}
	accounts, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return err
	}
	authority, client, clientKey, err := clientPKI()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"apiserver.crt": certificate, "apiserver.key": key, "sa.key": accounts,
		"clients.crt": authority, "certified.crt": client, "certified.key": clientKey,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// clientPKI returns an authority's certificate, and a client's certificate and key, in PEM.
func clientPKI() (authority, client, key []byte, err error) {
	authorityKey, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return nil, nil, nil, err
	}
	signer, err := signerOf(authorityKey)
	if err != nil {
		return nil, nil, nil, err
	}
	root, err := cert.NewSelfSignedCACert(cert.Config{CommonName: "clients"}, signer)
	if err != nil {
		return nil, nil, nil, err
	}
	if key, err = keyutil.MakeEllipticPrivateKeyPEM(); err != nil {
		return nil, nil, nil, err
	}
	own, err := signerOf(key)
	if err != nil {
		return nil, nil, nil, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "certified", Organization: []string{"system:masters"}},
		NotBefore:    root.NotBefore,
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, root, own.Public(), signer)
	if err != nil {
		return nil, nil, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, nil, err
	}
	if authority, err = cert.EncodeCertificates(root); err != nil {
		return nil, nil, nil, err
	}
	client, err = cert.EncodeCertificates(leaf)
	return authority, client, key, err
}

func signerOf(pem []byte) (crypto.Signer, error) {
	key, err := keyutil.ParsePrivateKeyPEM(pem)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key that cannot sign: %T", key)
	}
	return signer, nil
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}
