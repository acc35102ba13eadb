package main

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset/scheme"
)

// scalars are the types that have a form of their own, in protobuf as well as in JSON.
var scalars = map[reflect.Type]string{
	reflect.TypeFor[metav1.Time]():          "time",
	reflect.TypeFor[metav1.MicroTime]():     "microtime",
	reflect.TypeFor[*metav1.FieldsV1]():     "skip",
	reflect.TypeFor[resource.Quantity]():    "quantity",
	reflect.TypeFor[intstr.IntOrString]():   "intorstring",
	reflect.TypeFor[runtime.RawExtension](): "raw",
	reflect.TypeFor[[]byte]():               "bytes",
}

// declared says what objects within others are called in JSON, though their messages don't have it: the API server's
// conversion adds it.
var declared = map[string]string{"apps/v1.StatefulSetSpec.VolumeClaimTemplates": "v1 PersistentVolumeClaim"}

var (
	typeMeta = reflect.TypeFor[metav1.TypeMeta]()
	listMeta = reflect.TypeFor[metav1.ListMeta]()
)

// listedKinds are those that have a list, of versions that are stable: few have many objects of others. There is also
// what a server answers that has no list.
func listedKinds() map[string]reflect.Type {
	kinds := map[string]reflect.Type{"v1 Status": reflect.TypeFor[metav1.Status]()}
	for _, known := range []*runtime.Scheme{scheme.Scheme, aggregator.Scheme} {
		types := known.AllKnownTypes()
		for kind, list := range types {
			name, isList := strings.CutSuffix(kind.Kind, "List")
			item, has := types[kind.GroupVersion().WithKind(name)]
			isStable := !strings.ContainsAny(kind.Version[1:], "ab")
			if meta, listed := list.FieldByName("ListMeta"); isList && has && isStable && listed && meta.Type == listMeta {
				kinds[kind.GroupVersion().String()+" "+name] = item
			}
		}
	}
	return kinds
}

// writeProtobuf writes how kinds are encoded as protobuf, and how Go would write what was decoded as JSON. The source is
// the tags of the Go types.
func writeProtobuf(out io.Writer) error {
	kinds, table := listedKinds(), messages{}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		item := kinds[kind]
		if err := table.add(nameOf(item), item, true); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "kind %s %s\n", kind, nameOf(item)); err != nil {
			return err
		}
	}
	return table.write(out)
}

// messages are those that were found, by their names, with a line for each field.
type messages map[string][]string

func (table messages) write(out io.Writer) error {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		message := strings.TrimSpace("message " + name + " " + declared[name])
		if _, err := fmt.Fprintf(out, "%s\n%s", message, strings.Join(table[name], "")); err != nil {
			return err
		}
	}
	return nil
}

// add adds a message of this type by this name, with those within. Only objects of lists may lack what they are, unless
// it is declared.
func (table messages) add(name string, message reflect.Type, isListed bool) error {
	if _, known := table[name]; known {
		return nil
	}
	table[name] = nil
	lines := []string{}
	for field := range message.Fields() {
		wire, has := field.Tag.Lookup("protobuf")
		key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !has && field.Type == typeMeta:
			if _, isDeclared := declared[name]; !isListed && !isDeclared {
				return fmt.Errorf("%s does not say what it is", name)
			}
			continue
		case !has:
			return fmt.Errorf("%s.%s has no protobuf tag", name, field.Name)
		case field.Anonymous && key == "":
			key = "."
		}
		written, err := table.typeOf(name+"."+field.Name, field.Type)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", name, field.Name, err)
		}
		if strings.Contains(options, "omitempty") {
			key += "?"
		}
		if strings.Contains(options, "omitzero") {
			key += "?"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s\n", strings.Split(wire, ",")[1], key, written))
	}
	table[name] = lines
	return nil
}

// typeOf says of which type a field at this place is.
func (table messages) typeOf(place string, field reflect.Type) (string, error) {
	if scalar, is := scalars[field]; is {
		return scalar, nil
	}
	switch field.Kind() {
	case reflect.String:
		return "string", nil
	case reflect.Bool:
		return "bool", nil
	case reflect.Int32, reflect.Int64:
		return "int", nil
	case reflect.Pointer:
		pointed, err := table.typeOf(place, field.Elem())
		return "*" + pointed, err
	case reflect.Slice:
		element, err := table.typeOf(place, field.Elem())
		return "[]" + element, err
	case reflect.Map:
		if field.Key().Kind() != reflect.String {
			return "", fmt.Errorf("keys of type %s", field.Key())
		}
		value, err := table.typeOf(place, field.Elem())
		return "map " + value, err
	case reflect.Struct:
		if _, isDeclared := declared[place]; isDeclared {
			return place, table.add(place, field, false)
		}
		return nameOf(field), table.add(nameOf(field), field, false)
	}
	return "", fmt.Errorf("type %s", field)
}

// nameOf is the name of a Go type, with the group and the version that its package is of: core/v1.Pod.
func nameOf(message reflect.Type) string {
	parts := strings.Split(message.PkgPath(), "/")
	return strings.Join(parts[len(parts)-2:], "/") + "." + message.Name()
}
