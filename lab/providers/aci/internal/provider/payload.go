package provider

import (
	"bytes"
	"encoding/json"
)

// body is an object as the APIC wants it: {"fvTenant": {"attributes": {…}, "children": […]}}.
type body map[string]any

// writeBody is what create and update send. Children that the state has and the plan has
// not are marked deleted, in the same request.
func writeBody(model *resourceModel, planned, before []childModel, status string) body {
	attributes := known(model.Content)
	if annotation := annotationOf(model); annotation != nil {
		if _, own := attributes["annotation"]; !own {
			attributes["annotation"] = *annotation
		}
	}
	if status != "" {
		attributes["status"] = status
	}
	children := []body{}
	kept := map[[2]string]bool{}
	for _, child := range planned {
		kept[identity(child)] = true
		children = append(children, childBody(model, child))
	}
	for _, child := range before {
		if !kept[identity(child)] {
			children = append(children, removal(child))
		}
	}
	return body{model.ClassName.ValueString(): body{"attributes": attributes, "children": children}}
}

func childBody(model *resourceModel, child childModel) body {
	attributes := map[string]string{"rn": child.RN.ValueString()}
	if annotation := annotationOf(model); annotation != nil {
		attributes["annotation"] = *annotation
	}
	for name, value := range known(child.Content) {
		attributes[name] = value
	}
	return body{child.ClassName.ValueString(): body{"attributes": attributes}}
}

func removal(child childModel) body {
	attributes := map[string]string{"rn": child.RN.ValueString(), "status": "deleted"}
	return body{child.ClassName.ValueString(): body{"attributes": attributes}}
}

// destroyBody deletes the object, or, with content_on_destroy, sets that content and
// leaves the object; its children are then deleted unless they have a content_on_destroy.
func destroyBody(model *resourceModel, children []childModel) body {
	if model.ContentOnDestroy.IsNull() || model.ContentOnDestroy.IsUnknown() {
		attributes := map[string]string{"dn": model.ID.ValueString(), "status": "deleted"}
		return body{model.ClassName.ValueString(): body{"attributes": attributes}}
	}
	last := *model
	last.Content = model.ContentOnDestroy
	var staying []childModel
	for _, child := range children {
		if !child.ContentOnDestroy.IsNull() && !child.ContentOnDestroy.IsUnknown() {
			child.Content = child.ContentOnDestroy
			staying = append(staying, child)
		}
	}
	return writeBody(&last, staying, children, "")
}

// encode writes JSON with sorted names; escape turns <, > and & into \u003c and the like.
func encode(object body, escape bool) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(escape)
	err := encoder.Encode(object)
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), err
}

func identity(child childModel) [2]string {
	return [2]string{child.ClassName.ValueString(), child.RN.ValueString()}
}

// annotationOf is the annotation to send, nil when there is none.
func annotationOf(model *resourceModel) *string {
	if model.Annotation.IsNull() || model.Annotation.IsUnknown() {
		return nil
	}
	value := model.Annotation.ValueString()
	return &value
}
