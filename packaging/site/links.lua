-- Links between pages, as the site names them: README.md is the index.html of its folder, and other pages end in .html.
function Link(link)
  if link.target:match('^%a[%w+.-]*:') then
    return nil
  end
  local page, anchor = link.target:match('^([^#]*)(.*)$')
  page = page:gsub('README%.md$', 'index.html'):gsub('%.md$', '.html')
  link.target = page .. anchor
  return link
end
